-- migrate:up

-- Accepted answers of models, by content, so that the same page is not paid for twice.
CREATE TABLE readings (
    -- SHA-256 over image hash, model, prompt version and parameters, in hexadecimal.
    key                text PRIMARY KEY,
    text               text NOT NULL,
    model              text NOT NULL,
    prompt_tokens      integer,
    completion_tokens  integer,
    created_at         timestamptz NOT NULL DEFAULT now()
);

CREATE INDEX readings_age ON readings (created_at);

-- migrate:down

DROP TABLE readings;
