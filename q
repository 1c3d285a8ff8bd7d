# Board of regledger.example/pakistan-sample (e3f1f88cbface685ac6ca2aeb6ff1c491fe45709ff26843ab048cc4dfc87fa09), as of today, known at the end (114 entries), prudential view, for any
# regledger --db demo.db status

PK       dc                           ? undetermined     pending, uncertain
PK       recognition.tender           ? undetermined
PK       state.cbdc                   ? undetermined
PK       va                           ? undetermined     pending
PK       va.bank                      ? undetermined     pending  (from above)
PK       va.bank.accounts_for_vasp    ? undetermined     pending
PK       va.custody                   ◆ under framework
PK       va.deal                      ✖ prohibited       declared, contested, pending
PK       va.exchange                  ◆ under framework
PK       va.mining                    ? undetermined     pending  (from above)
PK       va.mining.operate            ? undetermined     pending
PK       va.offer                     ◆ under framework
PK       va.stablecoin                ◆ under framework  declared, contested, pending
PK       va.stablecoin.remit          ◆ under framework  declared, contested, pending
PK       va.transfer                  ◆ under framework
