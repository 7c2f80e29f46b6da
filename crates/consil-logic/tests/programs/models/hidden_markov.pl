% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! state(0,r): 0.907611728845577
%! state(0,s): 0.092388271154424
%! state(2,r): 0.184075330213655
%! state(2,s): 0.815924669786345
0.6::state(0, r); 0.4::state(0, s).
0.7::state(T, r); 0.3::state(T, s) :- T > 0, S is T - 1, state(S, r).
0.2::state(T, r); 0.8::state(T, s) :- T > 0, S is T - 1, state(S, s).
0.9::umbrella(T) :- state(T, r).
0.2::umbrella(T) :- state(T, s).
evidence(umbrella(0)). evidence(umbrella(1)). evidence(umbrella(2), false).
query(state(2, _)). query(state(0, _)).
