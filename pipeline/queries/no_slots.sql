-- Nothing, in the shape of accepted_slots: nobody asks which samples were accepted.
SELECT NULL::UUID AS slot WHERE false
