% A hidden Markov chain of 14 steps, all observed; by forward-backward.
% Its diagrams with all observations below all transitions have exponentially many nodes.
0.5::s(0,0); 0.3::s(0,1); 0.2::s(0,2).
0.6::s(T,0); 0.3::s(T,1); 0.1::s(T,2) :- T > 0, U is T-1, s(U,0).
0.7::o(T,0); 0.2::o(T,1); 0.1::o(T,2) :- s(T,0).
0.2::s(T,0); 0.5::s(T,1); 0.3::s(T,2) :- T > 0, U is T-1, s(U,1).
0.1::o(T,0); 0.7::o(T,1); 0.2::o(T,2) :- s(T,1).
0.25::s(T,0); 0.15::s(T,1); 0.6::s(T,2) :- T > 0, U is T-1, s(U,2).
0.3::o(T,0); 0.3::o(T,1); 0.4::o(T,2) :- s(T,2).
evidence(o(0,1)).
evidence(o(1,2)).
evidence(o(2,1)).
evidence(o(3,1)).
evidence(o(4,2)).
evidence(o(5,2)).
evidence(o(6,0)).
evidence(o(7,0)).
evidence(o(8,2)).
evidence(o(9,1)).
evidence(o(10,2)).
evidence(o(11,2)).
evidence(o(12,0)).
evidence(o(13,0)).
query(s(13,_)).
query(s(6,_)).
%! s(13,0): 0.717478334812678
%! s(13,1): 0.059824154670986
%! s(13,2): 0.222697510516336
%! s(6,0): 0.543656610781296
%! s(6,1): 0.048858367923432
%! s(6,2): 0.407485021295272
