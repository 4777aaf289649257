CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);
CREATE TABLE public.run_events (
    run_id character varying(24) NOT NULL,
    sequence bigint NOT NULL,
    event bytea NOT NULL
);
CREATE TABLE public.runs (
    number bigint NOT NULL,
    id character varying(24) NOT NULL,
    request_id character varying(64),
    pipeline character varying(512) NOT NULL,
    ended boolean NOT NULL,
    run bytea NOT NULL,
    plan bytea NOT NULL
);
CREATE SEQUENCE public.runs_number_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.runs_number_seq OWNED BY public.runs.number;
ALTER TABLE ONLY public.runs ALTER COLUMN number SET DEFAULT nextval('public.runs_number_seq'::regclass);
INSERT INTO public.alembic_version VALUES ('0001');
INSERT INTO public.run_events VALUES ('000000000000000000000001', 1, '\x08011a020802');
INSERT INTO public.run_events VALUES ('000000000000000000000001', 2, '\x08022a0b0a01612a0668656c6c6f0a');
INSERT INTO public.run_events VALUES ('000000000000000000000002', 1, '\x08011a020802');
INSERT INTO public.run_events VALUES ('000000000000000000000002', 2, '\x08022a0b0a01612a0668656c6c6f0a');
INSERT INTO public.runs VALUES (1, '000000000000000000000001', '65a5c0f0-2d3f-4ad2-9d38-5dbb5f0d7e01', 'p', true, '\x0a1d72756e732f30303030303030303030303030303030303030303030303122017028055a060889e2cfaa066002', '\x12030a0161');
INSERT INTO public.runs VALUES (2, '000000000000000000000002', NULL, 'p', false, '\x0a1d72756e732f30303030303030303030303030303030303030303030303222017028026002', '\x12030a0161');
SELECT pg_catalog.setval('public.runs_number_seq', 2, true);
ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);
ALTER TABLE ONLY public.run_events
    ADD CONSTRAINT run_events_pkey PRIMARY KEY (run_id, sequence);
ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_id_key UNIQUE (id);
ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.runs
    ADD CONSTRAINT runs_request_id_key UNIQUE (request_id);
CREATE INDEX ix_runs_ended ON public.runs USING btree (ended);
CREATE INDEX ix_runs_pipeline ON public.runs USING btree (pipeline);
ALTER TABLE ONLY public.run_events
    ADD CONSTRAINT run_events_run_id_fkey FOREIGN KEY (run_id) REFERENCES public.runs(id) ON DELETE CASCADE;
