-- The table of duplicates where none are looked for.
SELECT '' AS id, '' AS survivor WHERE false
