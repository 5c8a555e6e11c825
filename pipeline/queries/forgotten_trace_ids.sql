-- Ids of the traces that shall go.
SELECT trace_id FROM forgotten_traces
