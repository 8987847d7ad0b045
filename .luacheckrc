-- Packages run in a sandbox without globals of their own; `crm` is the door to the server.
std = "lua54"
max_line_length = 100
read_globals = { "crm", "require" }
