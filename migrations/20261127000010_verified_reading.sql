-- migrate:up

ALTER TABLE files
    -- Whether texts are held against a second reader, and what follows a doubt; NULL: as the reader has it.
    ADD COLUMN verify text CHECK (verify IN ('auto', 'never', 'always')),
    ADD COLUMN on_doubt text CHECK (on_doubt IN ('keep', 'retry', 'escalate'));

ALTER TABLE pages
    -- The same as a person wants it for this page, when it is read once more; NULL: as the file.
    ADD COLUMN wanted_verify text CHECK (wanted_verify IN ('auto', 'never', 'always')),
    ADD COLUMN wanted_on_doubt text CHECK (wanted_on_doubt IN ('keep', 'retry', 'escalate')),
    -- How many answers of this generation a second reader has spoken against. The best of them is the
    -- page's text meanwhile, all are among its versions, and what they took is added up.
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    -- Whether the larger reader was asked by then, which is the last that is.
    ADD COLUMN escalated boolean NOT NULL DEFAULT false,
    -- Whether somebody wants the text that is there held against a second reader.
    ADD COLUMN verification_wanted boolean NOT NULL DEFAULT false;

GRANT INSERT (verify, on_doubt) ON files TO lector_upload;
GRANT SELECT (verify, on_doubt) ON files TO lector_llm;
GRANT UPDATE (wanted_verify, wanted_on_doubt, tries, escalated, verification_wanted) ON pages TO lector_upload;
GRANT SELECT (tries, provenance, model, prompt_tokens, completion_tokens, turned_degrees, confidence, verification)
    ON pages TO lector_register;
GRANT SELECT (places, verification, wanted_verify, wanted_on_doubt, tries, escalated, verification_wanted, version,
              provenance, model, prompt_tokens, completion_tokens, cost_usd, attempts, reading_at, turned_degrees, confidence),
    UPDATE (tries, escalated, verification_wanted) ON pages TO lector_llm;
GRANT SELECT (page_id, version), INSERT, UPDATE (places, verification, doubts) ON page_versions TO lector_llm;

-- llm reads no texts, but of pages that somebody wants verified.
CREATE FUNCTION page_to_verify(id uuid, generation integer)
    RETURNS TABLE (version integer, text text, places bytea, words jsonb, verification jsonb, provenance text, model text,
                   turned_degrees integer, layer_sha256 text, layer_verdict text, describe boolean, language text)
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $$
    SELECT pages.version, pages.text, pages.places, pages.words, pages.verification, pages.provenance, pages.model,
           pages.turned_degrees, pages.layer_sha256, pages.layer_verdict, pages.wanted_describe, files.language
    FROM public.pages
    JOIN public.files ON files.id = pages.file_id
    WHERE pages.id = page_to_verify.id AND files.generation = page_to_verify.generation
      AND pages.status = 'read' AND pages.verification_wanted
$$;
REVOKE ALL ON FUNCTION page_to_verify(uuid, integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION page_to_verify(uuid, integer) TO lector_llm;

-- migrate:down

DROP FUNCTION page_to_verify(uuid, integer);
REVOKE SELECT (page_id, version), INSERT, UPDATE (places, verification, doubts) ON page_versions FROM lector_llm;
ALTER TABLE pages
    DROP COLUMN wanted_verify,
    DROP COLUMN wanted_on_doubt,
    DROP COLUMN tries,
    DROP COLUMN escalated,
    DROP COLUMN verification_wanted;
ALTER TABLE files
    DROP COLUMN verify,
    DROP COLUMN on_doubt;
