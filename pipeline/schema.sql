-- The views that users rely on. Below them lie one ledger_KIND per kind of record (every row of the ledger,
-- once) and small tables of the present configuration: required (which verifiers a domain needs), judged_domains
-- (where a judge is asked), consensus (answers that traces agree on), recipes (which traces it describes) and agreements (those that stand). corpus.py makes them and then runs this file.

-- The problem of today: the latest row of each id.
CREATE OR REPLACE VIEW problems AS
SELECT * EXCLUDE (key, content_hash)
FROM ledger_problems
WHERE key IN (SELECT max_by(key, created_at) FROM ledger_problems GROUP BY problem_id);

-- The latest reference of every wording that a problem has had; where there is none, what its traces agree on.
CREATE OR REPLACE VIEW problem_revisions AS
SELECT
    p.* EXCLUDE (key, content_hash)
        REPLACE (coalesce(p.answer, c.answer) AS answer, coalesce(c.reference_hash, p.reference_hash) AS reference_hash),
    c.share AS consensus_share
FROM ledger_problems p
LEFT JOIN consensus c ON p.answer IS NULL AND c.problem_id = p.problem_id AND c.revision = p.revision
WHERE key IN (SELECT max_by(key, created_at) FROM ledger_problems GROUP BY problem_id, revision);

CREATE OR REPLACE VIEW traces AS SELECT * FROM ledger_traces;

CREATE OR REPLACE VIEW verdicts AS SELECT * FROM ledger_verdicts;

CREATE OR REPLACE VIEW decisions AS SELECT * FROM ledger_decisions;

CREATE OR REPLACE VIEW reviews AS SELECT * FROM ledger_reviews;

CREATE OR REPLACE VIEW events AS SELECT * FROM ledger_events;

-- The examples of the latest curation.
CREATE OR REPLACE VIEW examples AS
SELECT e.*
FROM ledger_examples e
WHERE e.curation_id = (
    SELECT max_by(subject, created_at) FROM ledger_events WHERE kind = 'curated'
);

-- A verdict that ended in error is tried again; the last attempt counts. Another outcome is never followed by an
-- attempt, so only errors have to be compared, and the many verdicts stream by.
CREATE OR REPLACE VIEW latest_verdicts AS
SELECT trace_id, verifier, version, settings_hash, reference_hash, attempt, outcome, score, reason
FROM ledger_verdicts
WHERE outcome <> 'error'
UNION ALL
SELECT
    e.trace_id, e.verifier, e.version, e.settings_hash, e.reference_hash,
    max(e.attempt) AS attempt, 'error' AS outcome, NULL AS score, arg_max(e.reason, e.attempt) AS reason
FROM ledger_verdicts e
ANTI JOIN (SELECT * FROM ledger_verdicts WHERE outcome <> 'error' AND attempt > 0) done
    USING (trace_id, verifier, version, settings_hash, reference_hash)
WHERE e.outcome = 'error'
GROUP BY ALL;

-- What the present configuration asks for in each domain.
CREATE OR REPLACE VIEW cascades AS
SELECT
    domain, count(verifier) AS verifiers, count(*) FILTER (required) AS requirements,
    list(verifier ORDER BY position) FILTER (required) AS required_verifiers
FROM (SELECT domain FROM required UNION SELECT domain FROM judged_domains)
LEFT JOIN required USING (domain)
GROUP BY domain;

-- Completions that are verified, each with what its problem says today of the wording that was asked.
CREATE OR REPLACE VIEW completions AS
SELECT t.trace_id, t.purpose, p.domain, p.reference_hash
FROM ledger_traces t
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
WHERE t.error IS NULL AND t.purpose NOT IN ('judge', 'synthesis');

-- The verdicts that the present configuration asks for, as far as there are any. A rewrite must not fail what it need
-- not pass: its arithmetic was not asked to be new.
CREATE OR REPLACE VIEW given_verdicts AS
SELECT
    c.trace_id, c.domain, r.verifier, r.position,
    r.required OR (c.purpose = 'rewrite' AND v.outcome = 'fail') AS required,
    r.proves, r.appealable, v.outcome, v.score, v.reason, v.attempt
FROM latest_verdicts v
JOIN required r USING (verifier, version, settings_hash)
JOIN completions c
    ON c.trace_id = v.trace_id
    AND c.domain = r.domain
    AND v.reference_hash = CASE WHEN r.uses_reference THEN c.reference_hash ELSE '' END;

-- One row per trace and verifier that the present configuration asks for; outcome is null where it has not run.
CREATE OR REPLACE VIEW wanted_verdicts AS
SELECT c.trace_id, c.purpose, r.verifier, r.position, r.required, r.proves, v.outcome, v.reason, v.attempt
FROM completions c
JOIN required r USING (domain)
LEFT JOIN given_verdicts v USING (trace_id, verifier);

-- What the verifiers that prove say of each completion: each by itself, and the first failure, or else the first pass.
CREATE OR REPLACE VIEW proofs AS
SELECT
    trace_id,
    list({'verifier': verifier, 'outcome': outcome} ORDER BY position) AS verdicts,
    arg_min(outcome, place) AS outcome,
    arg_min(verifier, place) AS verifier,
    arg_min(reason, place) AS reason,
    CASE arg_min(outcome, place)
        WHEN 'fail' THEN coalesce(arg_min(score, place) FILTER (outcome = 'fail'), 0)
        WHEN 'pass' THEN coalesce(arg_min(score, place) FILTER (outcome = 'pass'), 1)
    END AS score
FROM (
    SELECT *, [CASE outcome WHEN 'fail' THEN 0 WHEN 'pass' THEN 1 ELSE 2 END, position] AS place
    FROM given_verdicts
    WHERE proves
)
GROUP BY trace_id;

-- Decisions that rest on an agreement which does not stand any more; what was sampled under them is in quarantine.
CREATE OR REPLACE VIEW barred AS
SELECT decision_id, 'the agreement ' || string_agg(DISTINCT name, ', ' ORDER BY name)
    || ' that it was sampled under was revoked, or is not in policy.overrides any more' AS reason
FROM (SELECT decision_id, unnest(overrides) AS name FROM ledger_decisions)
WHERE name NOT IN (SELECT name FROM agreements)
GROUP BY decision_id;

-- Completions that count and lack a verdict, each with the verdicts it has and whether one that is required failed.
CREATE OR REPLACE VIEW unverified_traces AS
SELECT c.trace_id, c.purpose, g.have, coalesce(g.failed, false) AS failed
FROM completions c
JOIN cascades USING (domain)
JOIN ledger_traces t USING (trace_id)
JOIN (SELECT slot_id, max(attempt) AS attempt FROM ledger_traces GROUP BY slot_id) last
    ON last.slot_id = t.slot_id AND last.attempt = t.attempt
LEFT JOIN (
    SELECT
        trace_id,
        count(*) FILTER (outcome <> 'error') AS complete,
        list({'verifier': verifier, 'outcome': outcome, 'attempt': attempt}) AS have,
        bool_or(required AND outcome = 'fail' AND NOT (appealable AND coalesce(j.rejected, false))) AS failed
    FROM given_verdicts
    LEFT JOIN judged_domains j USING (domain)
    GROUP BY trace_id
) g USING (trace_id)
WHERE t.quarantine IS NULL
    AND t.decision_id NOT IN (SELECT decision_id FROM barred)
    AND coalesce(g.complete, 0) < cascades.verifiers;

-- What the verifiers say of each completion, all together, and whether that is what a judge is asked about: every
-- check of form has passed, and what proves it right is missing, cannot tell, or may be overruled.
CREATE OR REPLACE VIEW judgements AS
SELECT
    trace_id,
    coalesce(failed, false) AS failed,
    coalesce(complete, 0) < requirements AS incomplete,
    coalesce(passed, 0) = requirements AS passed,
    coalesce(proven, false) AS proven,
    NOT incomplete AND coalesce(formed, true) AND CASE
        WHEN failed THEN coalesce(d.rejected, false) AND NOT failed_for_good
        WHEN passed AND proven THEN coalesce(d.accepted, false)
        ELSE coalesce(d.undecided, false)
    END AS to_judge,
    failed_by, failed_reason, undecided_by, undecided_reason,
    list_filter(required_verifiers, lambda name: NOT coalesce(list_contains(complete_by, name), false))[1] AS pending_by,
    CASE WHEN pending_by = error_by THEN error_reason ELSE 'has not run' END AS pending_reason
FROM completions
JOIN cascades USING (domain)
LEFT JOIN judged_domains d USING (domain)
LEFT JOIN (
    SELECT
        trace_id,
        bool_or(required AND outcome = 'fail') AS failed,
        bool_or(required AND outcome = 'fail' AND NOT appealable) AS failed_for_good,
        bool_and(outcome = 'pass') FILTER (required AND NOT proves) AS formed,
        count(*) FILTER (required AND outcome <> 'error') AS complete,
        count(*) FILTER (required AND outcome = 'pass') AS passed,
        bool_or(proves AND outcome = 'pass') AS proven,
        list(verifier) FILTER (required AND outcome <> 'error') AS complete_by,
        arg_min(verifier, position) FILTER (required AND outcome = 'fail') AS failed_by,
        arg_min(reason, position) FILTER (required AND outcome = 'fail') AS failed_reason,
        arg_min(verifier, position) FILTER (required AND outcome = 'undecided') AS undecided_by,
        arg_min(reason, position) FILTER (required AND outcome = 'undecided') AS undecided_reason,
        arg_min(verifier, position) FILTER (required AND outcome = 'error') AS error_by,
        arg_min(reason, position) FILTER (required AND outcome = 'error') AS error_reason
    FROM given_verdicts
    GROUP BY trace_id
) USING (trace_id);

-- What a judge said of each completion, as far as it was asked.
CREATE OR REPLACE VIEW judge_verdicts AS
SELECT c.trace_id, v.outcome, v.score, v.reason, v.attempt
FROM latest_verdicts v
JOIN judged_domains d USING (version, settings_hash)
JOIN completions c ON c.trace_id = v.trace_id AND c.domain = d.domain AND c.reference_hash = v.reference_hash
WHERE v.verifier = 'judge';

-- The judges that a trace was passed by, whatever the present configuration asks for: what was chosen rests on them.
CREATE OR REPLACE VIEW passed_by AS
SELECT trace_id, list_sort(list_distinct(flatten(list(json_extract_string(details, '$.votes[*].judge'))))) AS judges
FROM ledger_verdicts
WHERE verifier = 'judge' AND outcome = 'pass'
GROUP BY trace_id;

-- What the verifiers and the judge say of each completion together. A judge that cannot tell leaves a rejected trace
-- rejected, and an accepted one undecided.
CREATE OR REPLACE VIEW findings AS
SELECT
    j.trace_id,
    CASE
        WHEN j.to_judge AND coalesce(g.outcome, 'error') = 'error' THEN 'pending'
        WHEN j.to_judge AND g.outcome = 'pass' THEN 'accepted'
        WHEN j.failed OR (j.to_judge AND g.outcome = 'fail') THEN 'rejected'
        WHEN j.incomplete THEN 'pending'
        WHEN j.passed AND j.proven AND NOT j.to_judge THEN 'accepted'
        ELSE 'undecided'
    END AS outcome,
    CASE
        WHEN j.to_judge AND coalesce(g.outcome, 'error') = 'error' THEN 'judge: ' || coalesce(g.reason, 'has not run')
        WHEN j.to_judge AND g.outcome = 'pass' THEN 'the judge passed it'
        WHEN j.to_judge AND (g.outcome = 'fail' OR NOT j.failed) THEN 'judge: ' || g.reason
        WHEN j.failed THEN j.failed_by || ': ' || j.failed_reason
        WHEN j.incomplete THEN j.pending_by || ': ' || j.pending_reason
        WHEN j.passed AND j.proven THEN 'every required verifier passed'
        WHEN j.undecided_by IS NOT NULL THEN j.undecided_by || ': ' || j.undecided_reason
        ELSE 'no verifier that proves correctness is configured for its domain'
    END AS reason,
    CASE
        WHEN j.to_judge AND (NOT j.failed OR coalesce(g.outcome, 'error') <> 'undecided') THEN 'judge'
        ELSE coalesce(j.failed_by, j.undecided_by)
    END AS verifier
FROM judgements j
LEFT JOIN judge_verdicts g USING (trace_id);

-- The last word of people on a trace: deferring says nothing, and who withdraws takes back whatever they said before.
CREATE OR REPLACE VIEW latest_reviews AS
SELECT trace_id, arg_max(verdict, said_at) AS verdict, arg_max(reviewer, said_at) AS reviewer
FROM (
    SELECT trace_id, reviewer, arg_max(verdict, created_at) AS verdict, max(created_at) AS said_at
    FROM ledger_reviews
    WHERE verdict <> 'defer' AND NOT coalesce(by_model, false)
    GROUP BY trace_id, reviewer
)
WHERE verdict <> 'withdraw'
GROUP BY trace_id;

-- One row per trace: what became of it and why. The outcomes sum to what was sampled, always.
CREATE OR REPLACE VIEW outcomes AS
SELECT
    t.trace_id, t.slot_id, t.problem_id, t.teacher_id, t.purpose, t.run_id, t.sample_index, t.attempt,
    p.domain, p.source, p.split,
    coalesce(t.sample_index < r.k AND t.problem_revision = q.revision, false) AS described,
    CASE
        WHEN t.attempt < last.attempt THEN 'superseded'
        WHEN t.quarantine IS NOT NULL OR b.decision_id IS NOT NULL THEN 'quarantined'
        WHEN t.error IS NOT NULL THEN 'failed'
        WHEN w.verdict = 'accept' THEN 'accepted'
        WHEN w.verdict = 'reject' THEN 'rejected'
        WHEN t.purpose IN ('judge', 'synthesis') THEN 'undecided'
        ELSE coalesce(f.outcome, 'pending')
    END AS outcome,
    CASE
        WHEN t.attempt < last.attempt THEN 'asked again as attempt ' || last.attempt
        WHEN t.quarantine IS NOT NULL OR b.decision_id IS NOT NULL THEN coalesce(t.quarantine, b.reason)
        WHEN t.error IS NOT NULL THEN t.error
        WHEN w.verdict IN ('accept', 'reject') THEN 'review by ' || w.reviewer
        WHEN t.purpose IN ('judge', 'synthesis') THEN 'it is no answer to a problem'
        ELSE coalesce(f.reason, 'no verifier is configured for its domain')
    END AS reason,
    CASE WHEN w.verdict IN ('accept', 'reject') THEN 'review' ELSE f.verifier END AS verifier
FROM ledger_traces t
JOIN (SELECT slot_id, max(attempt) AS attempt FROM ledger_traces GROUP BY slot_id) last USING (slot_id)
LEFT JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
LEFT JOIN problems q ON q.problem_id = t.problem_id
LEFT JOIN recipes r ON r.recipe_id = t.recipe_id
LEFT JOIN findings f USING (trace_id)
LEFT JOIN latest_reviews w USING (trace_id)
LEFT JOIN barred b ON b.decision_id = t.decision_id;

-- The corpus that trains: each example with its problem and its trace, in the order of every export.
CREATE OR REPLACE VIEW curated AS
SELECT
    e.example_id, e.rank, e.problem_id, e.trace_id,
    p.domain, p.prompt, p.answer, p.consensus_share, p.source, p.license,
    t.reasoning, t.reasoning_kind, t.response, t.finish_reason, t.completion_tokens,
    t.teacher_id, t.provider, t.host, t.model, t.served_model, t.prompt_id, t.prompt_hash, t.parent_id, t.decision_id,
    t.policy_digest
FROM examples e
JOIN ledger_traces t USING (trace_id)
JOIN problem_revisions p ON p.problem_id = t.problem_id AND p.revision = t.problem_revision
ORDER BY e.problem_id, e.trace_id;
