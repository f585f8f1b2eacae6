# Only what is named is looked for.
mkdir files
cd files
seq 100000 | xargs touch
