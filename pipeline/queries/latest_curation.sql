-- Which selection the examples are of now.
SELECT subject AS curation_id FROM events WHERE kind = 'curated' ORDER BY created_at DESC, event_id LIMIT 1
