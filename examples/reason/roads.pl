% Roads that open and close. The library's LiveEngine keeps the answers current as they do: closing one and opening it again only
% changes a weight, a new one derives and compiles what it reaches.
% expect path(a, c) 0.7200
% expect path(a, d) 0.3600

:- dynamic road/2.
0.9::road(a, b).
0.8::road(b, c).
0.5::road(c, d).

path(X, Y) :- road(X, Y).
path(X, Y) :- road(X, Z), path(Z, Y).

query(path(a, X)).
