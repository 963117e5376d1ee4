using ActorRuntime.Persistence.ControlLog;
using ActorRuntime.Persistence.Sql.ControlLog;
using ActorRuntime.Persistence.Sql.Sqlite;
using ActorRuntime.Persistence.TestKit;
using Xunit;

namespace ActorRuntime.Persistence.Sql.Tests.ControlLog;

public sealed class SqliteControlLogStoreTests : ControlLogStoreSpec
{
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(20);

    private readonly TemporaryDirectory _directory = new();
    private readonly ProductionEnvironment _environment = new();

    private string Path => _directory.File("control.db");

    protected override IControlLogStore Connect() =>
        new SqliteControlLogStore(
            new SqliteControlLogOptions { Path = Path, BusyTimeout = TimeSpan.FromSeconds(10), CallTimeout = TimeSpan.FromMinutes(1) },
            _environment);

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Delete();
    }

    [Fact]
    public async Task Log_and_identity_are_there_after_a_restart()
    {
        var before = Connect();
        var identity = await before.OpenAsync(default);
        await before.AppendAsync(Entry(0, "p1"), default);
        await before.RenewWitnessAsync("n1", 1, default);
        await before.DisposeAsync();

        var after = Open();

        Assert.Equal(identity.StoreId, (await after.OpenAsync(default)).StoreId);
        Assert.Equal("p1", Assert.Single(await after.ReadAsync(1, 9, default)).ProposalId);
        Assert.Single(await after.ReadWitnessesAsync(default));
    }

    [Fact]
    public async Task Secret_is_readable_by_the_owner_alone()
    {
        if (OperatingSystem.IsWindows()) return; // It has no modes.
        await Open().OpenAsync(default);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("short")]
    [InlineData("long")]
    public async Task File_that_is_no_database_is_refused_and_left_as_it_is(string kind)
    {
        if (kind == "") Directory.CreateDirectory(Path);
        else await File.WriteAllTextAsync(Path, kind == "short" ? "no database" : new string('x', 100_000));
        var before = kind == "" ? [] : await File.ReadAllBytesAsync(Path);

        var refusal = await Assert.ThrowsAsync<StoreRefusedException>(async () => await Impatient().OpenAsync(default));

        Assert.Contains(Path, refusal.Message, StringComparison.Ordinal);
        if (kind != "") Assert.Equal(before, await File.ReadAllBytesAsync(Path));
    }

    [Fact]
    public async Task Database_of_another_application_is_refused_and_left_as_it_is()
    {
        using (var other = new SqliteDatabase(Path, mayCreate: true, Short)) other.Execute("create table bookmarks(url)");
        var before = await File.ReadAllBytesAsync(Path);

        var refusal = await Assert.ThrowsAsync<StoreRefusedException>(async () => await Impatient().OpenAsync(default));

        Assert.Contains("another application", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path));
    }

    [Fact]
    public async Task Newer_schema_is_refused_and_left_as_it_is()
    {
        await CreateClosedAsync();
        using (var future = new SqliteDatabase(Path, mayCreate: false, Short)) future.Execute("update component set schema_version = 3");
        var before = await File.ReadAllBytesAsync(Path);

        var refusal = await Assert.ThrowsAsync<StoreRefusedException>(async () => await Impatient().OpenAsync(default));

        Assert.Contains("schema version 3", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(before, await File.ReadAllBytesAsync(Path));
    }

    [Fact]
    public async Task Log_of_the_first_schema_is_upgraded_with_what_it_holds()
    {
        await CreateClosedAsync();
        using (var old = new SqliteDatabase(Path, mayCreate: false, Short))
            old.Execute("drop table control_log_checkpoint; drop table control_log_past; update component set schema_version = 1");

        var store = Open();
        await store.OpenAsync(default);

        Assert.Equal("p1", Assert.Single(await store.ReadAsync(1, 9, default)).ProposalId);
        Assert.Equal(new ControlLogBase(1, null, ControlLogDigest.Of("{}"), false), await store.ReadBaseAsync(1, default));
    }

    [Fact]
    public async Task Compaction_cut_short_by_a_crash_has_not_happened()
    {
        var store = Impatient();
        await store.OpenAsync(default);
        for (var seen = 0; seen < 10; seen++) await store.AppendAsync(Entry(seen, $"p{seen + 1}"), default);
        using (var crashed = new SqliteDatabase(Path, mayCreate: false, Short))
        {
            crashed.BeginImmediate();
            new SqliteControlLogCompactor(crashed).Compact(new(new(10, ControlLogDigest.Of("{}"), "view"), 1));
            Assert.Equal(1, crashed.QueryNumber("select count(*) from control_log"));
        } // The process is gone before the commit.

        Assert.Equal(10, (await store.ReadAsync(1, 99, default)).Count);
        Assert.Null((await store.ReadBaseAsync(1, default)).Checkpoint);
    }

    [Fact]
    public async Task Damaged_file_is_refused_and_left_as_it_is()
    {
        await CreateClosedAsync();
        var bytes = await File.ReadAllBytesAsync(Path);
        for (var i = 200; i < bytes.Length; i++) bytes[i] = (byte)(i * 7);
        await File.WriteAllBytesAsync(Path, bytes);

        var refusal = await Assert.ThrowsAsync<StoreRefusedException>(async () => await Impatient().OpenAsync(default));

        Assert.Contains("damaged", refusal.Message, StringComparison.Ordinal);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(Path));
    }

    [Fact]
    public async Task Unusable_directory_is_refused_with_its_path()
    {
        await File.WriteAllTextAsync(_directory.File("plain"), "");
        var store = Impatient(_directory.File("plain/control.db"));

        var refusal = await Assert.ThrowsAsync<StoreRefusedException>(async () => await store.OpenAsync(default));

        Assert.Contains("plain/control.db", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Foreign_exclusive_lock_is_refused_at_open_with_advice()
    {
        await CreateClosedAsync();
        using var foreign = LockExclusively();

        var refusal = await Assert.ThrowsAsync<StoreRefusedException>(async () => await Impatient().OpenAsync(default));

        Assert.Contains("exclusive lock", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("fuser", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_waits_for_a_lock_that_goes_away()
    {
        await CreateClosedAsync();
        var foreign = LockExclusively();
        var store = Track(new SqliteControlLogStore(
            new SqliteControlLogOptions { Path = Path, BusyTimeout = Short, OpenTimeout = TimeSpan.FromMinutes(1) }, _environment));

        var opening = store.OpenAsync(default).AsTask();
        await Assert.ThrowsAsync<TimeoutException>(() => opening.WaitAsync(Short * 3));
        foreign.Dispose();

        Assert.NotEqual(0ul, (await opening).StoreId);
    }

    [Fact]
    public async Task Write_lock_of_another_process_makes_appends_unreachable_and_nothing_is_written()
    {
        var store = Impatient();
        await store.OpenAsync(default);
        using (var foreign = new SqliteDatabase(Path, mayCreate: false, Short))
        {
            foreign.BeginImmediate();

            await Assert.ThrowsAsync<StoreUnreachableException>(async () => await store.AppendAsync(Entry(0, "p1"), default));
            await Assert.ThrowsAsync<StoreUnreachableException>(async () => await store.RenewWitnessAsync("n1", 1, default));

            Assert.Equal(0, await store.ReadHeadAsync(default)); // Reads go on beside a writer.
        }
        Assert.Equal(AppendOutcome.Applied, await store.AppendAsync(Entry(0, "p1"), default));
    }

    [Fact]
    public async Task Deleted_file_refuses_writes_and_does_not_come_back_empty()
    {
        var store = Impatient();
        await store.OpenAsync(default);
        await store.RenewWitnessAsync("n1", 1, default);

        foreach (var file in Directory.GetFiles(_directory.Root)) File.Delete(file);

        await Assert.ThrowsAsync<StoreRefusedException>(async () => await store.AppendAsync(Entry(0, "p1"), default));
        await Assert.ThrowsAsync<StoreRefusedException>(async () => await store.RenewWitnessAsync("n1", 1, default));
        Assert.False(File.Exists(Path));
    }

    [Fact]
    public async Task Replaced_file_refuses_writes()
    {
        var store = Impatient();
        await store.OpenAsync(default);
        var other = Track(new SqliteControlLogStore(new SqliteControlLogOptions { Path = _directory.File("other.db") }, _environment));
        await other.OpenAsync(default);
        await other.DisposeAsync();

        File.Move(_directory.File("other.db"), Path, overwrite: true);

        var refusal = await Assert.ThrowsAsync<StoreRefusedException>(async () => await store.AppendAsync(Entry(0, "p1"), default));
        Assert.Contains("replaced", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Impossible_settings_are_all_named()
    {
        var options = new SqliteControlLogOptions { Path = " ", BusyTimeout = TimeSpan.Zero, CallTimeout = -Short, OpenTimeout = -Short };

        var error = Assert.Throws<ActorRuntime.Util.OptionsException>(options.Validated);

        Assert.Equal(4, error.Errors.Count);
    }

    private IControlLogStore Impatient(string? path = null) => Track(new SqliteControlLogStore(
        new SqliteControlLogOptions { Path = path ?? Path, BusyTimeout = Short, OpenTimeout = TimeSpan.Zero }, _environment));

    private SqliteDatabase LockExclusively()
    {
        var foreign = new SqliteDatabase(Path, mayCreate: false, Short);
        foreign.Execute("pragma locking_mode = exclusive; begin exclusive");
        return foreign;
    }

    private async Task CreateClosedAsync()
    {
        var store = Connect();
        await store.OpenAsync(default);
        await store.AppendAsync(Entry(0, "p1"), default);
        await store.DisposeAsync();
    }
}
