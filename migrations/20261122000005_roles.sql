-- migrate:up

-- One role for each function, with the least that its queries need: who finds a hole in one cannot
-- read texts through it, or rewrite them, unless that is the function's very work. They cannot log
-- in until whoever runs the database gives them a password (ALTER ROLE … LOGIN PASSWORD …).
-- Roles belong to the server, not to the database: another database of it may have made them.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['upload', 'render', 'register', 'llm', 'outbox', 'bridge'] LOOP
        BEGIN
            EXECUTE format('CREATE ROLE %I NOLOGIN', 'lector_' || name);
        EXCEPTION WHEN duplicate_object OR unique_violation THEN
            NULL;
        END;
    END LOOP;
END
$$;

-- Announcing: whoever changes rows writes into the outbox, and sees no more of it than ids.
GRANT INSERT (id, type, source, subject, data, traceparent, tracestate), SELECT (id)
    ON outbox TO lector_upload, lector_register, lector_llm;

GRANT SELECT, INSERT (name, size_bytes, page_selection, look_at),
    UPDATE (name, page_selection, status, generation, warning, error_code, error, uploaded_at,
            finished_at, look_at, announced_again, announced_again_at)
    ON files TO lector_upload;
GRANT SELECT, DELETE,
    UPDATE (status, generation, waiting_for, refused_at, error_code, error, attempts, rendered_at,
            finished_at)
    ON pages TO lector_upload;
GRANT SELECT (image_sha256), DELETE ON readings TO lector_upload;
GRANT SELECT, UPDATE (replays, replayed_at) ON dead_letters TO lector_upload;

GRANT SELECT (id, status, generation) ON files TO lector_render;
GRANT SELECT (file_id, number, status, generation) ON pages TO lector_render;

GRANT SELECT, DELETE,
    UPDATE (name, page_selection, status, generation, page_count, warning, error_code, error,
            opened_at, finished_at, look_at, announced_again, announced_again_at)
    ON files TO lector_register;
GRANT SELECT (id, file_id, number, generation, status, image_key, image_sha256, image_width_px,
              image_height_px, waiting_for, refused_at, created_at, rendered_at, finished_at),
    INSERT (id, file_id, number, generation),
    UPDATE (status, image_key, image_sha256, image_width_px, image_height_px, text, provenance,
            waiting_for, error_code, error, attempts, rendered_at, finished_at)
    ON pages TO lector_register;
GRANT INSERT, DELETE, SELECT (id, created_at) ON dead_letters TO lector_register;

GRANT SELECT (id, status, generation, page_selection, page_count),
    UPDATE (status, error_code, error, finished_at)
    ON files TO lector_llm;
GRANT SELECT (id, file_id, number, generation, status, image_key, image_sha256, waiting_for,
              refused_at),
    UPDATE (status, text, provenance, model, prompt_tokens, completion_tokens, waiting_for,
            refused_at, finished_at)
    ON pages TO lector_llm;
GRANT SELECT, INSERT, UPDATE, DELETE ON readings TO lector_llm;

GRANT SELECT, DELETE, UPDATE (published_at, refusal) ON outbox TO lector_outbox;

GRANT SELECT (published_at, refusal) ON outbox TO lector_bridge;
GRANT SELECT (status, look_at) ON files TO lector_bridge;

-- migrate:down

-- The roles themselves go only when no other database of the server grants them anything.
DO $$
DECLARE
    name text;
BEGIN
    FOREACH name IN ARRAY ARRAY['upload', 'render', 'register', 'llm', 'outbox', 'bridge'] LOOP
        EXECUTE format('DROP OWNED BY %I', 'lector_' || name);
        BEGIN
            EXECUTE format('DROP ROLE %I', 'lector_' || name);
        EXCEPTION WHEN dependent_objects_still_exist THEN
            NULL;
        END;
    END LOOP;
END
$$;
