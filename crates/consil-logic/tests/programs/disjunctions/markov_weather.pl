% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! weather(4,rain): 0.444
%! weather(4,sun): 0.556
1/2::weather(0, sun); 1/2::weather(0, rain).
0.7::weather(T, sun); 0.3::weather(T, rain) :- T > 0, S is T - 1, weather(S, sun).
0.4::weather(T, sun); 0.6::weather(T, rain) :- T > 0, S is T - 1, weather(S, rain).
query(weather(4, _)).
evidence(weather(1, rain)).
