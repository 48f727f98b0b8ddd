from tests.cluster.command import main

main()
