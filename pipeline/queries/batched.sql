-- Which of the traces in wanted_traces an open batch is to bring.
SELECT DISTINCT trace_id FROM wanted_traces JOIN batched_traces USING (trace_id)
