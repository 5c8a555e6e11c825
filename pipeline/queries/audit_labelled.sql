-- The traces that have a label, were it unsure.
SELECT trace_id FROM audit_labels
