%! grandparent(ada, cid): 1
%! grandparent(ada, dot): 1
:- include('files/family.pl').
query(grandparent(_, _)).
