-- Traces of one purpose that lack a verdict, and the verdicts they have. No texts: this may be every trace there is.
-- After a required failure nothing more is asked for, unless every verdict is wanted.
SELECT trace_id, have
FROM unverified_traces
WHERE purpose = $purpose AND ($run_all OR NOT failed)
