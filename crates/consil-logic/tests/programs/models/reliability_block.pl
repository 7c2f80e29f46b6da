% Expected values: ProbLog 2.3.0 with PySDD 1.0.6.
%! works(power): 0.100941763502731
%! works(pump1): 0.930974803892922
%! works(pump2): 0.930974803892922
%! works(valve): 0.910094176350273
0.95::works(pump1). 0.95::works(pump2). 0.99::works(valve). 0.9::works(power).
flow :- (works(pump1) ; works(pump2)), works(valve), works(power).
evidence(flow, false).
query(works(_)).
