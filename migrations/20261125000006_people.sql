-- migrate:up

ALTER TABLE files
    -- Whose it is: tokens of one tenant never see the files of another.
    ADD COLUMN tenant text NOT NULL DEFAULT 'default',
    -- As it was announced: bytes that arrive otherwise are refused.
    ADD COLUMN sha256 text,
    -- How its pages are to be read; NULL: as the function is configured.
    ADD COLUMN prompt text,
    ADD COLUMN model text,
    ADD COLUMN language text,
    -- The object store's name for an upload in parts that is not complete.
    ADD COLUMN upload_id text,
    -- When its present generation began.
    ADD COLUMN begun_at timestamptz;
UPDATE files SET begun_at = uploaded_at;

CREATE INDEX files_of_tenant ON files (tenant, id);
CREATE INDEX files_by_name ON files (tenant, lower(name), id);
CREATE INDEX files_by_size ON files (tenant, size_bytes, id);

ALTER TABLE pages
    -- How it is to be read next; `prompt` and `model` say how the present text was.
    ADD COLUMN wanted_prompt text,
    ADD COLUMN wanted_model text,
    ADD COLUMN prompt text,
    ADD COLUMN cost_usd double precision,
    ADD COLUMN reading_at timestamptz,
    ADD COLUMN render_s double precision,
    -- [[word, left, top, right, bottom], …] in shares of the image; NULL where the model told none.
    ADD COLUMN words jsonb,
    -- Which version the text is, and how many were made; earlier ones are in page_versions.
    ADD COLUMN version integer NOT NULL DEFAULT 0,
    ADD COLUMN versions integer NOT NULL DEFAULT 0,
    ADD COLUMN search_language text,
    ADD COLUMN search tsvector;
UPDATE pages SET version = 1, versions = 1 WHERE text IS NOT NULL;

ALTER TABLE readings ADD COLUMN words jsonb;

-- Texts that a page had before it was read again.
CREATE TABLE page_versions (
    page_id            uuid NOT NULL REFERENCES pages ON DELETE CASCADE,
    version            integer NOT NULL CHECK (version > 0),
    text               text NOT NULL,
    words              jsonb,
    provenance         text NOT NULL,
    model              text,
    prompt             text,
    prompt_tokens      integer,
    completion_tokens  integer,
    cost_usd           double precision,
    reading_at         timestamptz,
    read_at            timestamptz,
    PRIMARY KEY (page_id, version)
);

-- The text search configuration for a language (BCP 47); without one, that of which most words are
-- stop words, else the one that knows no language.
CREATE FUNCTION search_language(content text, language text) RETURNS text LANGUAGE sql STABLE AS $$
    SELECT coalesce(
        CASE WHEN language IS NOT NULL THEN coalesce(
            (SELECT config
             FROM (VALUES ('ar', 'arabic'), ('ca', 'catalan'), ('da', 'danish'), ('de', 'german'), ('el', 'greek'),
                          ('en', 'english'), ('es', 'spanish'), ('eu', 'basque'), ('fi', 'finnish'), ('fr', 'french'),
                          ('ga', 'irish'), ('hi', 'hindi'), ('hu', 'hungarian'), ('hy', 'armenian'), ('id', 'indonesian'),
                          ('it', 'italian'), ('lt', 'lithuanian'), ('ne', 'nepali'), ('nl', 'dutch'), ('no', 'norwegian'),
                          ('pt', 'portuguese'), ('ro', 'romanian'), ('ru', 'russian'), ('sr', 'serbian'), ('sv', 'swedish'),
                          ('ta', 'tamil'), ('tr', 'turkish'), ('yi', 'yiddish')) AS known (code, config)
             WHERE code = lower(split_part(language, '-', 1))),
            'simple')
        END,
        (SELECT config
         FROM unnest(ARRAY['english', 'spanish', 'german', 'french', 'italian', 'portuguese', 'dutch', 'swedish',
                           'danish', 'norwegian', 'finnish', 'hungarian', 'russian', 'turkish']) AS config
         CROSS JOIN regexp_split_to_table(lower(left(content, 1000)), '[^[:alpha:]]+') AS word
         WHERE word <> ''
         GROUP BY config
         HAVING count(*) FILTER (WHERE ts_lexize((config || '_stem')::regdictionary, word) = '{}') >= 0.15 * count(*)
         ORDER BY count(*) FILTER (WHERE ts_lexize((config || '_stem')::regdictionary, word) = '{}') DESC, config
         LIMIT 1),
        'simple')
$$;

-- A tsvector holds 1 MiB at the most; a page of text is far below what is cut off here.
CREATE FUNCTION make_page_searchable() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.search_language := search_language(NEW.text, (SELECT language FROM files WHERE id = NEW.file_id));
    NEW.search := to_tsvector(NEW.search_language::regconfig, left(NEW.text, 200000));
    RETURN NEW;
END
$$;

CREATE TRIGGER page_text_written BEFORE UPDATE OF text ON pages
    FOR EACH ROW WHEN (NEW.text IS DISTINCT FROM OLD.text) EXECUTE FUNCTION make_page_searchable();
UPDATE pages SET search_language = search_language(text, NULL),
                 search = to_tsvector(search_language(text, NULL)::regconfig, left(text, 200000))
WHERE text IS NOT NULL;

CREATE INDEX pages_search ON pages USING gin (search);

-- The outbox is also what people watch. Rows become visible in the order of commits, not of
-- positions; whoever follows reads up to the oldest transaction that still runs, and misses none.
ALTER TABLE outbox ADD COLUMN xact xid8 NOT NULL DEFAULT pg_current_xact_id();
CREATE INDEX outbox_feed ON outbox (xact, position);
CREATE INDEX outbox_of_file ON outbox (subject, xact, position);

-- Who may use the API. Of a token only its hash is kept.
CREATE TABLE tokens (
    id            uuid PRIMARY KEY DEFAULT uuidv7(),
    name          text NOT NULL,
    tenant        text NOT NULL,
    scopes        text[] NOT NULL,
    sha256        text NOT NULL UNIQUE,
    created_at    timestamptz NOT NULL DEFAULT now(),
    expires_at    timestamptz,
    last_used_at  timestamptz
);

-- What an Idempotency-Key made.
CREATE TABLE creations (
    tenant       text NOT NULL,
    key          text NOT NULL,
    fingerprint  text NOT NULL,
    file_ids     uuid[] NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, key)
);

CREATE INDEX creations_age ON creations (created_at);

GRANT SELECT (position, xact, type, source, subject, data, created_at, refusal) ON outbox TO lector_upload;
GRANT SELECT, INSERT, DELETE, UPDATE (last_used_at) ON tokens TO lector_upload;
GRANT SELECT, INSERT, DELETE ON creations TO lector_upload;
GRANT INSERT (tenant, sha256, prompt, model, language),
    UPDATE (sha256, prompt, model, language, upload_id, begun_at)
    ON files TO lector_upload;
GRANT UPDATE (text, words, provenance, model, prompt, prompt_tokens, completion_tokens, cost_usd,
              reading_at, version, wanted_prompt, wanted_model)
    ON pages TO lector_upload;
GRANT SELECT, INSERT ON page_versions TO lector_upload;

GRANT UPDATE (sha256, prompt, model, language, upload_id) ON files TO lector_register;
GRANT SELECT (versions), INSERT (wanted_prompt, wanted_model), UPDATE (render_s, cost_usd, version, versions)
    ON pages TO lector_register;

GRANT SELECT (tenant, language) ON files TO lector_llm;
GRANT SELECT (versions, wanted_prompt, wanted_model),
    UPDATE (prompt, cost_usd, reading_at, words, version, versions, attempts)
    ON pages TO lector_llm;

-- migrate:down

DROP TABLE creations;
DROP TABLE tokens;
DROP INDEX outbox_of_file;
DROP INDEX outbox_feed;
ALTER TABLE outbox DROP COLUMN xact;
DROP TRIGGER page_text_written ON pages;
DROP FUNCTION make_page_searchable();
DROP FUNCTION search_language(text, text);
DROP TABLE page_versions;
ALTER TABLE readings DROP COLUMN words;
ALTER TABLE pages
    DROP COLUMN wanted_prompt,
    DROP COLUMN wanted_model,
    DROP COLUMN prompt,
    DROP COLUMN cost_usd,
    DROP COLUMN reading_at,
    DROP COLUMN render_s,
    DROP COLUMN words,
    DROP COLUMN version,
    DROP COLUMN versions,
    DROP COLUMN search_language,
    DROP COLUMN search;
ALTER TABLE files
    DROP COLUMN tenant,
    DROP COLUMN sha256,
    DROP COLUMN prompt,
    DROP COLUMN model,
    DROP COLUMN language,
    DROP COLUMN upload_id,
    DROP COLUMN begun_at;
