-- What was taken out of the workspace, when and why.
SELECT CAST(created_at AS DATE) AS day, details FROM events WHERE kind = 'forgot' ORDER BY created_at
