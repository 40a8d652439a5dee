import { list, type TopicLexicon } from './topic-lexicon.ts'

export const money: TopicLexicon = {
  topic: 'money',
  people: list(
    'banker, investor, accountant, broker, customer, lender, cashier, auditor, landlord, shareholder, taxpayer, economist, treasurer',
  ),
  things: list(`loan, mortgage, budget, invoice, salary, bank account, credit card, pension, dividend, wallet, receipt, tax return, deposit,
    bond, coin, currency, stock market, debt, insurance policy, interest rate, cheque, fund, portfolio, bonus, price tag, savings plan,
    bank transfer, overdraft, contract, auction, payslip, ledger, bill, discount, vault, fortune`),
  stuff: list(`shares, taxes, profits, savings, fees, losses, wages, inflation, interest, cash, banknotes, debts, expenses, imports, assets,
    subsidies, receipts, revenue, gold, rent, pennies, exports, loans, bonds, capital`),
  qualities: list(
    'monthly, annual, fixed, financial, unpaid, taxable, quarterly, commercial, overdue, private, corporate, wealthy, bankrupt, long-term, public',
  ),
  places: list(`at the bank, on the stock exchange, in the tax office, at the cash machine, in the boardroom, at the auction house,
    behind the counter, in the accounts department, at the shareholder meeting, in the financial district, at the checkout`),
  actions: list(`pay/paid/paying the {quality} {thing}
    borrow/borrowed/borrowing against the {thing}
    invest/invested/investing the {stuff} in {stuff}
    save/saved/saving money for a {quality} {thing}
    audit/audited/auditing the {quality} {stuff}
    withdraw/withdrew/withdrawing cash
    sign/signed/signing the {thing}
    sell/sold/selling the {stuff}
    buy/bought/buying {stuff} with {stuff}
    calculate/calculated/calculating the {quality} {stuff}
    repay/repaid/repaying the {thing}
    raise/raised/raising the {quality} {stuff}
    inherit/inherited/inheriting the {thing}
    trade/traded/trading {stuff} for {stuff}
    count/counted/counting the {stuff}
    finance/financed/financing the {quality} {thing}
    owe/owed/owing {stuff} to the {person}
    earn/earned/earning a {quality} {thing}
    transfer/transferred/transferring the {stuff}
    negotiate/negotiated/negotiating a {quality} {thing}`),
  facts: list(`the {thing} fell by two percent after the {quality} report
    {stuff} may rise when the central bank lowers the {thing}
    the {person} charges {stuff} on every {quality} {thing}
    a {quality} {thing} must be repaid within {duration}
    the company reported {quality} {stuff} and lower {stuff}
    nobody could explain where the {stuff} of the {thing} had gone
    the {person} moved the {stuff} into a {quality} {thing}
    a budget with too many {stuff} ends in debt
    the {thing} costs more than the {person} earns in a year
    the invoice lists the {quality} {stuff} at the bottom`),
  aspects: list(
    'interest rate, savings account, fee schedule, loan offer, contract, pricing, return, cash bonus, payment process, financial advice, annual report, exchange rate',
  ),
  wholes: list('bank, insurance company, credit card, pension fund, shop, broker, savings plan, investment'),
  praise: list('profitable, affordable, lucrative, generous, trustworthy, transparent, solvent, thrifty, rewarding'),
  complaint: list('overpriced, dishonest, fraudulent, risky, greedy, costly, misleading, wasteful, worthless'),
}
