import FileStore
import Glibc
import Identity
import Primitives
import Testing

private func failure(_ path: String, _ kind: IdentityKind = .node) -> FileStoreFailure? {
    #expect(throws: FileStoreFailure.self) { try IdentityOnDisk.loadOrGenerate(path: path, kind: kind, name: "n") }
}

@Test func anIdentityIsGeneratedOnceAndStaysTheSame() throws {
    let folder = Folder()
    let path = folder.path + "/keys/node.identity"
    #expect(try IdentityOnDisk.load(path: path, kind: .node) == nil)
    let first = try IdentityOnDisk.loadOrGenerate(path: path, kind: .node, name: "n1")
    let second = try IdentityOnDisk.loadOrGenerate(path: path, kind: .node, name: "other")
    #expect(first.isNew && !second.isNew)
    #expect(first.identity.nodeID == second.identity.nodeID && second.identity.name == "n1")
    #expect(Folder.mode(path) == 0o600 && Folder.mode(folder.path + "/keys") == 0o700)
    let other = try IdentityOnDisk.loadOrGenerate(path: path + "2", kind: .node, name: "n2")
    #expect(other.identity.nodeID != first.identity.nodeID)
}

@Test func aFileThatIsNoIdentityIsRefusedAndLeftAlone() throws {
    let folder = Folder()
    let path = folder.path + "/node.identity"
    _ = try IdentityOnDisk.loadOrGenerate(path: path, kind: .node, name: "n1")
    let size = Folder.size(path)
    Folder.flip(path, at: size / 2)
    guard case .unreadable(path, _) = failure(path) else { return #expect(Bool(false), "damage went unnoticed") }
    Folder.flip(path, at: size / 2)
    #expect(failure(path, .agent) == .unreadable(path: path, reason: "it is the identity of node, not of agent"))
    #expect(try IdentityOnDisk.load(path: path, kind: .node) != nil, "the file was never overwritten")
    truncate(path, 0)
    guard case .unreadable(path, _) = failure(path) else { return #expect(Bool(false), "an empty file was taken") }
    #expect(Folder.size(path) == 0)
    truncate(path, 10_000)
    guard case .unreadable(path, _) = failure(path) else { return #expect(Bool(false), "a large file was taken") }
}

@Test func aSecretThatOthersMayReadIsRefused() throws {
    let folder = Folder()
    let path = folder.path + "/node.identity"
    _ = try IdentityOnDisk.loadOrGenerate(path: path, kind: .node, name: "n1")
    for mode in [0o640, 0o604, 0o620] as [mode_t] {
        chmod(path, mode)
        #expect(failure(path) == .tooPermissive(path: path, mode: UInt32(mode)))
    }
    chmod(path, 0o400)
    #expect(try IdentityOnDisk.load(path: path, kind: .node) != nil)
}

@Test func oneOfManyGeneratesAndAllAgree() async throws {
    let folder = Folder()
    let path = folder.path + "/node.identity"
    let found = try await withThrowingTaskGroup(of: (String, Bool).self) { group in
        for _ in 0..<6 {
            group.addTask {
                let (identity, isNew) = try IdentityOnDisk.loadOrGenerate(path: path, kind: .node, name: "n")
                return (identity.nodeID.description, isNew)
            }
        }
        return try await group.reduce(into: [(String, Bool)]()) { $0.append($1) }
    }
    #expect(Set(found.map(\.0)).count == 1)
    #expect(found.count { $0.1 } == 1)
}
