-- migrate:up

CREATE TABLE files (
    -- A UUIDv7, so that ids sort by the time of upload.
    id              uuid PRIMARY KEY DEFAULT uuidv7(),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 255),
    size_bytes      bigint NOT NULL CHECK (size_bytes > 0),
    page_selection  text,
    -- announced: waits for its bytes; uploaded: waits to be opened; reading: its ledger stands;
    -- completed: every page read; incomplete: finished with failed pages; failed: nothing read.
    status          text NOT NULL DEFAULT 'announced'
                    CHECK (status IN ('announced', 'uploaded', 'reading', 'completed', 'incomplete', 'failed')),
    generation      integer NOT NULL DEFAULT 1 CHECK (generation > 0),
    page_count      integer CHECK (page_count > 0),
    warning         text,
    error_code      text,
    error           text,
    created_at      timestamptz NOT NULL DEFAULT now(),
    uploaded_at     timestamptz,
    opened_at       timestamptz,
    finished_at     timestamptz
);

-- The ledger: one row for every page that is expected, before any of them is rendered.
CREATE TABLE pages (
    id                 uuid PRIMARY KEY,
    file_id            uuid NOT NULL REFERENCES files ON DELETE CASCADE,
    number             integer NOT NULL CHECK (number > 0),
    generation         integer NOT NULL CHECK (generation > 0),
    status             text NOT NULL DEFAULT 'pending'
                       CHECK (status IN ('pending', 'rendered', 'read', 'failed')),
    image_key          text,
    image_sha256       text,
    image_width_px     integer,
    image_height_px    integer,
    text               text,
    provenance         text CHECK (provenance IN ('model', 'cache', 'blank')),
    model              text,
    prompt_tokens      integer,
    completion_tokens  integer,
    error_code         text,
    error              text,
    attempts           integer,
    -- Why a rendered page is not read yet, when somebody said "not now"; for people to see.
    waiting_for        text,
    created_at         timestamptz NOT NULL DEFAULT now(),
    rendered_at        timestamptz,
    finished_at        timestamptz,
    UNIQUE (file_id, number),
    CHECK (status <> 'read' OR (text IS NOT NULL AND provenance IS NOT NULL)),
    CHECK (status <> 'failed' OR error IS NOT NULL)
);

CREATE INDEX pages_unfinished ON pages (file_id) WHERE status IN ('pending', 'rendered');

-- migrate:down

DROP TABLE pages;
DROP TABLE files;
