"""Which uses of a teacher's outputs its terms and licences allow: terms as data, a gate that decides."""
