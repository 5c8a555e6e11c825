-- Problem sets behind the exported rows, each with its licence.
SELECT DISTINCT source, license FROM exported ORDER BY ALL
