import CapnProtoRPC
import FileStore
import Primitives
import Storage
import ZAP

// How far messages have come, and who waits for that.
extension AgentCore {
    private static let maxRememberedCount = 4_096

    /// A receipt, whether as an answer or later.
    func take(_ receipt: MailReceipt) {
        if let entry = outbox.accepted(receipt.digest, tier: receipt.tier) { settled(entry, receipt) }
        if settled[receipt.id]?.digest == receipt.digest, receipt.tier.isLast { settled[receipt.id] = receipt }
        if let waiters = mailWaiters[receipt.digest] {
            for waiter in waiters where receipt.tier.reaches(waiter.tier) { waiter.answer(Self.outcome(receipt)) }
            let left = waiters.filter { !receipt.tier.reaches($0.tier) }
            mailWaiters[receipt.digest] = left.isEmpty ? nil : left
            if left.isEmpty { mailNumbers[receipt.digest] = nil }
        }
        onReceipt?(receipt)
        emit(.receipt(receipt))
    }

    private func settled(_ entry: OutboxEntry, _ receipt: MailReceipt) {
        if entry.isNamed { remember(receipt, order: entry.order) }
        guard let records else { return }
        var batch = Batch()
        records.settle(entry, receipt, in: &batch)
        while settledOrder.count > Self.maxRememberedCount {
            let oldest = settledOrder.removeFirst()
            settled[oldest.id] = nil
            records.forgetSettled(oldest.order, in: &batch)
        }
        write(batch)
    }

    func remember(_ receipt: MailReceipt, order: UInt64) {
        settled[receipt.id] = receipt
        settledOrder.append((order, receipt.id))
        if records == nil, settledOrder.count > Self.maxRememberedCount { settled[settledOrder.removeFirst().id] = nil }
    }

    /// Bookkeeping that may be lost in a crash: what it says is found out again.
    func write(_ batch: consuming Batch) {
        do throws(StorageFailure) { try store?.write(batch, sync: false) } catch { end(AgentError(error)) }
    }

    /// After a new joining: receipts may have been lost with the old connection.
    func askForReceipts(_ presence: Presence) {
        for digest in mailWaiters.keys where outbox.entry(digest) == nil { askForReceipt(digest, presence) }
    }

    func askForReceipt(_ digest: Digest, _ presence: Presence) {
        guard let (to, number) = mailNumbers[digest] else { return }
        let params = AgentSession.MailStatus.Params.Value(
            network: presence.network.bytes, to: to.bytes, homeEpoch: number.epoch.value, counter: number.counter)
        presence.session.capability.send(AgentSession.mailStatus) { builder, _ in
            params.write(to: &builder)
        } completion: { [self] result in
            switch result {
            case .success(let response):
                if let value = try? response.value().receipt, let receipt = MailReceipt(value) { take(receipt) }
            case .failure(let exception):
                let error = AgentError(exception)
                guard error.code != .disconnected else { return }
                for waiter in mailWaiters.removeValue(forKey: digest) ?? [] { waiter.answer.fail(error) }
            }
        }
    }

    func abandonMail(_ error: AgentError) {
        _ = outbox.abandon()
        let waiters = mailWaiters.values.flatMap(\.self)
        mailWaiters.removeAll()
        mailNumbers.removeAll()
        for waiter in waiters { waiter.answer.fail(error) }
    }
}

extension MailReceipt {
    /// - Returns: nil where a digest has another length or the tier is none.
    init?(_ value: ZAP.MailReceipt.Value) {
        guard let digest = Digest(value.digest), let to = Digest(value.to),
            let tier = MailTier(rawValue: value.tier.rawValue)
        else { return nil }
        self.init(
            id: value.id, digest: digest, to: AgentID(to),
            number: MailNumber(epoch: HomeEpoch(value.homeEpoch), counter: value.counter), tier: tier,
            time: WallTime(milliseconds: value.time), reason: value.reason)
    }
}
