% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! bronc: 0.681868538459382
%! lung: 0.621252796677629
%! tub: 0.113933325390701
% The chest clinic network (Lauritzen & Spiegelhalter 1988).
0.01::asia. 0.5::smoke.
0.05::tub :- asia.
0.01::tub :- \+ asia.
0.1::lung :- smoke.
0.01::lung :- \+ smoke.
0.6::bronc :- smoke.
0.3::bronc :- \+ smoke.
either :- tub.
either :- lung.
0.98::xray :- either.
0.05::xray :- \+ either.
0.9::dysp :- bronc, either.
0.7::dysp :- \+ bronc, either.
0.8::dysp :- bronc, \+ either.
0.1::dysp :- \+ bronc, \+ either.
evidence(xray). evidence(dysp).
query(tub). query(lung). query(bronc).
