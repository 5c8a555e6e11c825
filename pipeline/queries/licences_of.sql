-- Licences that the problems of a source state.
SELECT DISTINCT license FROM problems WHERE source = $source ORDER BY ALL
