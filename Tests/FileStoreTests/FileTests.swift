import FileStore
import Glibc
import Storage
import Testing

@Test func aFileIsReplacedWholeAndPrivately() throws {
    let folder = Folder()
    let path = folder.path + "/file"
    #expect(try AtomicFile.read(path) == nil)
    try AtomicFile.write([1, 2, 3], to: path)
    #expect(Folder.mode(path) == 0o600)
    try AtomicFile.write([4], to: path)
    #expect(try AtomicFile.read(path) == [4])
    #expect(Folder.names(folder.path) == ["file"], "no temporary file stays")
    #expect(throws: StorageFailure.tooLarge(byteCount: 1, limit: 0)) { try AtomicFile.read(path, limit: 0) }
}

@Test func creatingNeverReplaces() throws {
    let folder = Folder()
    let path = folder.path + "/file"
    try AtomicFile.create([1], at: path)
    #expect(throws: StorageFailure.io(errno: EEXIST, operation: "link \(path)")) { try AtomicFile.create([2], at: path) }
    #expect(try AtomicFile.read(path) == [1])
    #expect(Folder.names(folder.path) == ["file"])
}

@Test func aFailedReplacementLeavesTheOldFile() throws {
    let folder = Folder()
    let path = folder.path + "/file"
    mkdir(path, 0o700)
    mkdir(path + "/inside", 0o700)
    #expect(throws: StorageFailure.self) { try AtomicFile.write([1], to: path) }
    #expect(Folder.names(folder.path) == ["file"])
    #expect(throws: StorageFailure.io(errno: ENOENT, operation: "open \(folder.path)/no")) {
        do {
            try AtomicFile.write([1], to: folder.path + "/no/file")
        } catch StorageFailure.io(let code, _) {
            throw StorageFailure.io(errno: code, operation: "open \(folder.path)/no")
        }
    }
}

/// What locking a folder fails with; nil where it doesn't.
private func lockFailure(_ path: String) -> FileStoreFailure? {
    do throws(FileStoreFailure) {
        _ = try DataDirectory(path: path)
        return nil
    } catch {
        return error
    }
}

@Test func aSecondInstanceIsToldWhoHasTheFolder() throws {
    let folder = Folder()
    let path = folder.path + "/deep/data"
    do {
        let first = try DataDirectory(path: path)
        #expect(lockFailure(path) == .inUse(path: path, processID: getpid()))
        #expect(first.path(of: "x") == path + "/x")
    }
    #expect(lockFailure(path) == nil, "the lock goes with the value")
    #expect(Folder.mode(path) == 0o700 && Folder.mode(path + "/lock") == 0o600)
}

@Test func aFolderThatOthersMayWriteIsRefused() throws {
    let folder = Folder()
    chmod(folder.path, 0o770)
    #expect(lockFailure(folder.path) == .tooPermissive(path: folder.path, mode: 0o770))
    chmod(folder.path, 0o750)
    #expect(lockFailure(folder.path) == nil)
    #expect(lockFailure("/proc/nowhere/data") == .storage(.io(errno: ENOENT, operation: "mkdir /proc/nowhere")))
}

@Test func manyMayMakeTheSameFoldersAtOnce() async throws {
    for _ in 0..<20 {
        let folder = Folder()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<8 {
                group.addTask { _ = try DataDirectory(path: folder.path + "/a/b/c/d/\(index)") }
            }
            try await group.waitForAll()
        }
        #expect(Folder.names(folder.path + "/a/b/c/d").count == 8)
    }
}
