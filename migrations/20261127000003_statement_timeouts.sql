-- migrate:up

-- No statement of a function runs for ever, nobody waits for a lock for ever, and no transaction is
-- left open: what is stuck in one request would otherwise hold connections that others wait for.
-- Whoever runs into it gets "not now" (503, timed_out). For this database only: roles belong to the
-- server. The owner has no limits: migrations take what they take. LISTEN is not a statement that
-- runs, so the bridge's connection stays.
DO $$
DECLARE
    name text;
    seconds integer[];
    variable text;
BEGIN
    FOR name, seconds IN VALUES
        -- statements, locks, idle transactions
        ('upload',   ARRAY[20, 10, 30]),
        ('render',   ARRAY[10, 5, 30]),
        ('register', ARRAY[60, 30, 60]),
        ('llm',      ARRAY[30, 15, 60]),
        ('outbox',   ARRAY[30, 15, 300]), -- the sink is called within a transaction, for 30 s at a time
        ('notify',   ARRAY[30, 15, 60]),
        ('bridge',   ARRAY[30, 15, 30])
    LOOP
        BEGIN
            FOR i IN 1..3 LOOP
                variable := (ARRAY['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'])[i];
                EXECUTE format('ALTER ROLE %I IN DATABASE %I SET %I = %L',
                               'lector_' || name, current_database(), variable, seconds[i] || 's');
            END LOOP;
        -- Another owner made the roles: that one has to set this.
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE WARNING 'no timeouts for %: %', 'lector_' || name, SQLERRM;
        END;
    END LOOP;
END
$$;

-- migrate:down

DO $$
DECLARE
    role name;
    variable text;
BEGIN
    FOR role IN
        SELECT rolname FROM pg_roles
        WHERE rolname = ANY (ARRAY['lector_upload', 'lector_render', 'lector_register', 'lector_llm',
                                   'lector_outbox', 'lector_notify', 'lector_bridge'])
    LOOP
        FOREACH variable IN ARRAY ARRAY['statement_timeout', 'lock_timeout', 'idle_in_transaction_session_timeout'] LOOP
            EXECUTE format('ALTER ROLE %I IN DATABASE %I RESET %I', role, current_database(), variable);
        END LOOP;
    END LOOP;
END
$$;
