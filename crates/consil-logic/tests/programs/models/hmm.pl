% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! state(0,hot): 0.834668608885652
%! state(1,hot): 0.519300801165332
%! state(2,hot): 0.818645302257829
0.6::state(0, hot); 0.4::state(0, cold).
0.7::state(T, hot); 0.3::state(T, cold) :- T > 0, P is T - 1, state(P, hot).
0.4::state(T, hot); 0.6::state(T, cold) :- T > 0, P is T - 1, state(P, cold).
0.2::obs(T, 1); 0.4::obs(T, 2); 0.4::obs(T, 3) :- state(T, hot).
0.5::obs(T, 1); 0.4::obs(T, 2); 0.1::obs(T, 3) :- state(T, cold).
evidence(obs(0, 3)). evidence(obs(1, 1)). evidence(obs(2, 3)).
query(state(0, hot)). query(state(1, hot)). query(state(2, hot)).
