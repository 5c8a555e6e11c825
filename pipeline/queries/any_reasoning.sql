-- Whether any chosen example has its reasoning apart from its response.
SELECT count(*) > 0 AS found FROM curated WHERE reasoning_kind = 'raw' AND reasoning <> ''
