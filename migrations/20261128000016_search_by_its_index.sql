-- migrate:up

-- Whoever writes waits while these are made: see docs/operations.md for how to make them before, beside
-- those who write. IF NOT EXISTS is for that.

-- Which languages occur is asked before each search: of the index, in a step for each.
CREATE INDEX IF NOT EXISTS pages_of_language ON pages (search_language) WHERE search_language IS NOT NULL;

-- Files of one state, the newest first.
CREATE INDEX IF NOT EXISTS files_of_status ON files (tenant, status, id);

-- What is old, and goes.
CREATE INDEX IF NOT EXISTS dead_letters_by_age ON dead_letters (created_at DESC, id);
CREATE INDEX IF NOT EXISTS budgets_of_days ON budgets (day) WHERE day > '-infinity';

-- The query of a search in one language, as people write it: words in any form, "a phrase", or, -not, and
-- beginnings (word*), which websearch_to_tsquery does not know: words with digits stand in for them there,
-- as no dictionary changes those.
CREATE FUNCTION search_query(config regconfig, wanted text) RETURNS tsquery
    LANGUAGE plpgsql STABLE PARALLEL SAFE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    pattern CONSTANT text := '([^[:space:]"*()|&!:<>''\\,.;-]{2,})\*';
    beginnings text[] := '{}';
    found text;
    made text;
BEGIN
    LOOP
        found := (regexp_match(wanted, pattern))[1];
        EXIT WHEN found IS NULL OR cardinality(beginnings) = 16;
        made := to_tsquery(config, found || ':*')::text;
        beginnings := beginnings || CASE WHEN made = '' THEN quote_literal(lower(found)) || ':*' ELSE '(' || made || ')' END;
        wanted := regexp_replace(wanted, pattern, 'q7025x' || cardinality(beginnings));
    END LOOP;
    made := websearch_to_tsquery(config, wanted)::text;
    FOR place IN 1..cardinality(beginnings) LOOP
        made := replace(made, quote_literal('q7025x' || place), beginnings[place]);
    END LOOP;
    RETURN made::tsquery;
END
$$;

-- How many pages a search will find, as PostgreSQL guesses from its statistics, and how many there are.
CREATE FUNCTION estimate_matches(query tsquery, languages text[]) RETURNS TABLE (matches float8, pages float8)
    LANGUAGE plpgsql VOLATILE SET search_path = pg_catalog, public, pg_temp AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM public.pages WHERE search @@ %L::tsquery AND search_language = ANY (%L::text[])',
                   query, languages) INTO plan;
    RETURN QUERY
    SELECT (plan -> 0 -> 'Plan' ->> 'Plan Rows')::float8, greatest(0, reltuples)::float8
    FROM pg_class WHERE oid = 'public.pages'::regclass;
END
$$;

REVOKE ALL ON FUNCTION search_query(regconfig, text), estimate_matches(tsquery, text[]) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION search_query(regconfig, text), estimate_matches(tsquery, text[]) TO lector_upload;

-- migrate:down

DROP FUNCTION estimate_matches(tsquery, text[]);
DROP FUNCTION search_query(regconfig, text);
DROP INDEX budgets_of_days;
DROP INDEX dead_letters_by_age;
DROP INDEX files_of_status;
DROP INDEX pages_of_language;
