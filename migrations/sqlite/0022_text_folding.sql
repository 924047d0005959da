-- Texts are folded again by the server if their folding is of an earlier version: see `store/search/refolding.rs`.

insert into counters (name, value) values ('text_folding', 0), ('refolded_text', 0);
