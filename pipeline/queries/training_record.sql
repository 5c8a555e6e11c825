-- What the latest training put on record.
SELECT details FROM events WHERE kind = 'trained' ORDER BY created_at DESC LIMIT 1
