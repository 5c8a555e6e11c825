-- Whether the teacher whose last attempts are kept was ever asked.
SELECT count(*) > 0 AS "any" FROM last_attempts
