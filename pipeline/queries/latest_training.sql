-- The student that was trained last.
SELECT subject AS train_id FROM events WHERE kind = 'trained' ORDER BY created_at DESC LIMIT 1
