-- migrate:up

-- Which version of an object of a bucket became which file, so that a notification that comes again makes none:
-- a hash over bucket, key and version, as a key may hold a person's name, and outlives the file here.
CREATE TABLE bucket_objects (
    tenant    text NOT NULL,
    sha256    text NOT NULL,
    file_id   uuid NOT NULL,
    taken_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, sha256)
);
CREATE INDEX bucket_objects_taken ON bucket_objects (taken_at);

GRANT SELECT, INSERT, DELETE ON bucket_objects TO lector_upload;

-- migrate:down

DROP TABLE bucket_objects;
