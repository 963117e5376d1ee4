using System.Buffers.Binary;
using System.Diagnostics;
using ActorRuntime.Persistence.Blocks;
using ActorRuntime.Persistence.Local.Files;
using Xunit;

namespace ActorRuntime.Persistence.Local.Tests.Faults;

/// <summary>Full disks, failed flushes, directories that cannot be used: a clear error, and nothing lost.</summary>
[Trait("Requirement", "SR-5")]
public sealed class StoreFailureTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(FlushPolicy.GroupCommit, ".segment")]
    [InlineData(FlushPolicy.GroupCommit, "state")]
    [InlineData(FlushPolicy.Os, ".segment")]
    public async Task Failed_flush_is_final_until_the_log_is_opened_again_as_another_one(FlushPolicy flush, string file)
    {
        var disk = new FailingDisk();
        var options = TestLogs.Options(_directory.File("blocks"), flush) with { FlushInterval = TimeSpan.FromMilliseconds(1) };
        await using var store = await OpenAsync(options, disk);
        var log = await store.CreateAsync(TestLogs.Name, default, default);
        TestLogs.Append(log, 10);
        await log.FlushAsync();
        var id = log.StoreId;

        disk.FailsOnce = file;
        log.RecordTerm(3);
        TestLogs.Append(log, 1);
        if (flush == FlushPolicy.GroupCommit) await Assert.ThrowsAsync<BlockStoreException>(log.FlushAsync);
        else await WaitForAsync(() => log.FlushAsync().IsFaulted);
        var message = (await Assert.ThrowsAsync<BlockStoreException>(log.FlushAsync)).Message;
        Assert.Contains("Input/output error", message, StringComparison.Ordinal);
        Assert.Contains(TestLogs.Folder(options.Directory), message, StringComparison.Ordinal);
        Assert.Throws<BlockStoreException>(() => log.Append(TestLogs.Next(log)));
        Assert.Throws<BlockStoreException>(() => log.RecordTerm(4));
        Assert.Throws<BlockStoreException>(() => log.TruncateAbove(1));
        Assert.Throws<BlockStoreException>(() => log.TrimTo(1));
        TestLogs.AssertIntact(log);
        await log.DisposeAsync();

        log = (await store.OpenLogAsync(TestLogs.Name, default))!;
        Assert.Equal((11, 3), (log.Head.Height, log.Term));
        Assert.NotEqual(id, log.StoreId);
        TestLogs.AssertIntact(log);
        TestLogs.Append(log, 1);
        await log.FlushAsync();
        await log.DisposeAsync();
        var renewed = log.StoreId;
        Assert.Equal(renewed, (await store.OpenLogAsync(TestLogs.Name, default))!.StoreId);
    }

    [Fact]
    public async Task Bound_of_a_log_refuses_what_is_beyond_it_and_trimming_makes_room()
    {
        await using var store = await OpenAsync(TestLogs.Options(_directory.File("blocks")) with { LogBytesMax = 256 * 1024 });
        var log = await store.CreateAsync(TestLogs.Name, default, default);
        var full = Fill(log);
        Assert.Contains("log-bytes-max", full.Message, StringComparison.Ordinal);
        Assert.InRange(log.Bytes, 128 * 1024, 256 * 1024);
        Assert.Throws<BlockStoreException>(() => log.Append(TestLogs.Next(log, 60_000)));
        TestLogs.AssertIntact(log);
        await log.FlushAsync();

        log.TrimTo(log.Head.Height);
        TestLogs.Append(log, 1, 60_000);
        await log.FlushAsync();
        Fill(log);
        log.TruncateAbove(log.Start.Height + 1);
        TestLogs.Append(log, 1, 60_000);
        TestLogs.AssertIntact(log);
    }

    [Fact]
    public async Task Bound_of_the_store_holds_for_all_logs_and_spare_files()
    {
        var options = TestLogs.Options(_directory.File("blocks")) with { LogBytesMax = 512 * 1024, BytesMax = 512 * 1024, SpareSegments = 0 };
        await using var store = await OpenAsync(options);
        var first = await store.CreateAsync(TestLogs.Name, default, default);
        var second = await store.CreateAsync("Orders/8", default, default);
        Assert.Contains(".bytes-max", Fill(first).Message, StringComparison.Ordinal);
        await store.CreateAsync("Orders/9", default, default).ContinueWith(made => Assert.IsType<BlockStoreException>(made.Exception!.InnerException));
        Assert.InRange(store.Bytes, 256 * 1024, options.BytesMax);
        Assert.Equal(store.Bytes, Directory.GetFiles(options.Directory, "*.s*", SearchOption.AllDirectories).Sum(file => new FileInfo(file).Length) + 2 * 16384);
        TestLogs.Append(second, 1);
        TestLogs.AssertIntact(first);

        await first.DisposeAsync();
        await store.DeleteAsync(TestLogs.Name, default);
        TestLogs.Append(second, 100, 2000);
        TestLogs.AssertIntact(second);
    }

    [Fact]
    public async Task Full_disk_refuses_and_loses_nothing()
    {
        if (Environment.UserName != "root") return; // Only root can make so small a disk.
        var disk = _directory.File("disk");
        Directory.CreateDirectory(disk);
        Run("mount", "-t", "tmpfs", "-o", "size=600k", "tmpfs", disk);
        try
        {
            await using (var store = await OpenAsync(TestLogs.Options(Path.Combine(disk, "blocks"))))
            {
                var log = await store.CreateAsync(TestLogs.Name, default, default);
                Assert.Contains("No space left on device", Fill(log).Message, StringComparison.Ordinal);
                await log.FlushAsync();
                TestLogs.AssertIntact(log);
                log.TrimTo(log.Head.Height / 2);
                await log.FlushAsync();
                await WaitForAsync(() => TryAppend(log));
                await log.FlushAsync();
                TestLogs.AssertIntact(log);
            }
            Run("mount", "-o", "remount,ro", disk);
            var refused = await Assert.ThrowsAsync<BlockStoreException>(() => OpenAsync(TestLogs.Options(Path.Combine(disk, "blocks"))));
            Assert.Contains("Read-only file system", refused.Message, StringComparison.Ordinal);
        }
        finally
        {
            Run("umount", disk);
        }
    }

    [Fact]
    public async Task Directory_that_is_none_is_refused()
    {
        await File.WriteAllTextAsync(_directory.File("file"), "");
        var refused = await Assert.ThrowsAsync<BlockStoreException>(() => OpenAsync(TestLogs.Options(_directory.File("file"))));
        Assert.Contains(_directory.File("file"), refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Network_file_system_is_refused()
    {
        var refused = await Assert.ThrowsAsync<BlockStoreException>(
            () => OpenAsync(TestLogs.Options(_directory.File("blocks")), new FailingDisk { Network = "nfs" }));
        Assert.Contains("network file system (nfs)", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Second_store_on_the_directory_is_refused_until_the_first_is_closed()
    {
        var options = TestLogs.Options(_directory.File("blocks"));
        var first = await OpenAsync(options);
        var refused = await Assert.ThrowsAsync<BlockStoreException>(() => OpenAsync(options));
        Assert.Contains($"in use by process {Environment.ProcessId} ", refused.Message, StringComparison.Ordinal);
        await first.DisposeAsync();
        await (await OpenAsync(options)).DisposeAsync();
    }

    [Fact]
    public async Task Newer_format_is_refused()
    {
        var options = TestLogs.Options(_directory.File("blocks"));
        await using (var store = await OpenAsync(options)) await store.CreateAsync(TestLogs.Name, default, default);
        var state = Path.Combine(TestLogs.Folder(options.Directory), "state");
        var content = await File.ReadAllBytesAsync(state);
        content[8] = 2;
        BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(12), Checksum.Of(content.AsSpan(8, 4), content.AsSpan(16, LogState.Length - 16)));
        await File.WriteAllBytesAsync(state, content);
        await using (var store = await OpenAsync(options))
        {
            var refused = await Assert.ThrowsAsync<BlockStoreException>(() => store.OpenLogAsync(TestLogs.Name, default));
            Assert.Contains("format 2; this program knows formats up to 1", refused.Message, StringComparison.Ordinal);
        }
        await File.WriteAllTextAsync(Path.Combine(options.Directory, "store"), "format 2\nopened 4\nby x\n");
        Assert.Contains("format 2", (await Assert.ThrowsAsync<BlockStoreException>(() => OpenAsync(options))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Damage_is_told_with_file_and_offset_and_nothing_is_changed()
    {
        var options = TestLogs.Options(_directory.File("blocks"));
        await using (var store = await OpenAsync(options)) TestLogs.Append(await store.CreateAsync(TestLogs.Name, default, default), 20);
        TestLogs.Flip(TestLogs.Segment(options.Directory, 1), 4096 + 30);
        var before = Content(options.Directory);

        await using (var store = await OpenAsync(options))
        {
            var damaged = await Assert.ThrowsAsync<BlockStoreException>(() => store.OpenLogAsync(TestLogs.Name, default));
            Assert.Contains($"{TestLogs.Segment(options.Directory, 1)}, offset 4096, block 1", damaged.Message, StringComparison.Ordinal);
        }

        Assert.Equal(before, Content(options.Directory));
    }

    [Fact]
    public async Task Block_that_decays_while_the_log_is_open_is_not_read()
    {
        var options = TestLogs.Options(_directory.File("blocks"));
        await using var store = await OpenAsync(options);
        var log = await store.CreateAsync(TestLogs.Name, default, default);
        TestLogs.Append(log, 3);
        TestLogs.Flip(TestLogs.Segment(options.Directory, 1), 4096 + 50);

        var damaged = Assert.Throws<BlockStoreException>(() => log.Read(1));

        Assert.Contains($"{TestLogs.Segment(options.Directory, 1)}, offset 4096", damaged.Message, StringComparison.Ordinal);
        Assert.Equal(2, log.Read(2).Height);
    }

    private static BlockStoreException Fill(IBlockLog log)
    {
        while (true)
        {
            var head = log.Head;
            try
            {
                log.Append(TestLogs.Next(log, 60_000));
            }
            catch (BlockStoreException full)
            {
                Assert.Equal(head, log.Head);
                return full;
            }
        }
    }

    private static bool TryAppend(IBlockLog log)
    {
        try
        {
            log.Append(TestLogs.Next(log, 60_000));
            return true;
        }
        catch (BlockStoreException)
        {
            return false;
        }
    }

    private static async Task<SegmentStore> OpenAsync(LocalStoreOptions options, FailingDisk? disk = null)
    {
        var store = new SegmentStore(options, new ProductionEnvironment(), disk ?? new FailingDisk());
        await store.OpenAsync(default);
        return store;
    }

    private static string[] Content(string directory) =>
        [.. Directory.GetFiles(Path.Combine(directory, "logs"), "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Select(file => $"{file} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}")];

    private static async Task WaitForAsync(Func<bool> condition)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(1, patience.Token);
    }

    private static void Run(string command, params string[] arguments)
    {
        using var process = Process.Start(command, arguments);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
