% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! s(1,sun): 0.6
%! s(10,rain): 0.3333508096
%! s(5,sun): 0.664960000000001
0.5::s(0, sun); 0.5::s(0, rain).
0.8::s(T, sun); 0.2::s(T, rain) :- T > 0, P is T - 1, s(P, sun).
0.4::s(T, sun); 0.6::s(T, rain) :- T > 0, P is T - 1, s(P, rain).
query(s(1, sun)). query(s(5, sun)). query(s(10, rain)).
