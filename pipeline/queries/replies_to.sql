-- What came of some slots, and whether one of them is being asked already.
SELECT a.slot_id, u.slot_id IS NOT NULL AS underway, r.* EXCLUDE (slot_id)
FROM asked_slots a
LEFT JOIN replies r USING (slot_id)
LEFT JOIN underway u USING (slot_id)
