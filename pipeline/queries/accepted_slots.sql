-- Samples of one teacher that were accepted.
SELECT CAST(slot_id AS UUID) AS slot FROM outcomes
WHERE teacher_id = $teacher_id AND purpose = $purpose AND outcome = 'accepted'
