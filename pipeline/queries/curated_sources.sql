-- Problem sets and their licences that the selected examples come from.
SELECT DISTINCT source, license FROM curated ORDER BY ALL
