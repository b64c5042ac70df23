# Turns the CDNOW sample (tests/data/README.md) into transactions that `aggregations import` reads:
#
#   awk -f tests/cdnow-to-csv.awk tests/data/cdnow_sample.txt > cdnow.csv
#
# A profile is `cdnow-` and the customer's number in the full set. The sample has no times of day, so every purchase is
# at midnight UTC, and the purchases of one customer on one date are numbered in the order of the file:
# `19970101-1`, `19970101-2`.

BEGIN { print "profile_id,transaction_id,transacted_at,total" }

# Lines end in CR and LF. Assigning $0 makes awk split it again.
{ line = $0; sub(/\r$/, "", line); $0 = line }

NF == 0 { next }

{
    purchase = ++purchases[$1, $3]
    date = substr($3, 1, 4) "-" substr($3, 5, 2) "-" substr($3, 7, 2)
    print "cdnow-" $1 "," $3 "-" purchase "," date "T00:00:00Z," $5
}
