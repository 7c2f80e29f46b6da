% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! flu: 0.181818181818182
%! strong: 0.909090909090909
0.1::flu. 0.05::cold.
fever :- flu. fever :- cold, strong. 0.5::strong.
evidence(fever). evidence(cold, true).
query(flu). query(strong).
