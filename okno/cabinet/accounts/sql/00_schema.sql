-- Run by okno_owner. The schema `live` holds all that the role okno_live may call; its owner okno_reader cannot log in
-- and reads tables by the grants and policies of the cabinet's own migrations.
create schema live authorization okno_reader;
grant usage on schema live to okno_live;
