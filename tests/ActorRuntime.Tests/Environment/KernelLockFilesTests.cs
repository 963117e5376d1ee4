#pragma warning disable SYSLIB1054, CA5392 // One call of the C library, without anything to marshal.
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace ActorRuntime.Tests;

public sealed class KernelLockFilesTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("actor-runtime-locks").FullName;
    private readonly ILockFiles _locks = new ProductionEnvironment().LockFiles;

    private string LockPath => Path.Combine(_directory, "node.lock");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void Second_holder_is_refused_until_the_first_lets_go()
    {
        using (_locks.TryAcquire(LockPath, "one"))
        {
            Assert.Null(_locks.TryAcquire(LockPath, "two"));
            Assert.False(_locks.IsHolderGone(LockPath, "one"));
        }
        Assert.Equal("one", File.ReadAllText(LockPath));
        using var second = _locks.TryAcquire(LockPath, "two");
        Assert.NotNull(second);
        Assert.False(_locks.IsHolderGone(LockPath, "two"));
    }

    [Fact]
    public void Other_content_proves_nothing()
    {
        _locks.TryAcquire(LockPath, "incarnation 2")!.Dispose();
        Assert.False(_locks.IsHolderGone(LockPath, "incarnation 1"));
        Assert.True(_locks.IsHolderGone(LockPath, "incarnation 2"));
        Assert.False(_locks.IsHolderGone(LockPath + ".missing", ""));
        Assert.False(File.Exists(LockPath + ".missing"));
    }

    [Fact]
    public void Rewriting_replaces_longer_content_and_keeps_the_lock()
    {
        using (var held = _locks.TryAcquire(LockPath, "a much longer content")!)
        {
            held.Rewrite("short");
            Assert.False(_locks.IsHolderGone(LockPath, "short"));
        }
        Assert.True(_locks.IsHolderGone(LockPath, "short"));
    }

    [Fact]
    public void Missing_directory_is_named()
    {
        var missing = Path.Combine(_directory, "missing", "node.lock");
        Assert.Contains(missing, Assert.Throws<IOException>(() => _locks.TryAcquire(missing, "x")).Message);
    }

    [Fact]
    [Trait("Requirement", "CL-9")]
    public void Killed_process_is_seen_as_gone_at_once()
    {
        if (!OperatingSystem.IsLinux()) return;
        File.WriteAllText(LockPath, "child");
        // --no-fork: flock becomes the sleeper and holds the lock itself, so the kill hits the holder.
        using var child = Process.Start(new ProcessStartInfo("flock", ["--no-fork", "--exclusive", LockPath, "sleep", "60"]))!;
        try
        {
            Assert.True(SpinWait.SpinUntil(() => !_locks.IsHolderGone(LockPath, "child"), TimeSpan.FromSeconds(30)));
            Assert.Null(_locks.TryAcquire(LockPath, "me"));
        }
        finally
        {
            child.Kill();
            child.WaitForExit();
        }
        Assert.True(_locks.IsHolderGone(LockPath, "child"));
    }

    [Fact]
    public void Lock_is_free_although_a_child_that_is_being_started_still_has_the_descriptor()
    {
        if (!OperatingSystem.IsLinux()) return;
        var held = _locks.TryAcquire(LockPath, "parent")!;
        var descriptor = Directory.GetFiles("/proc/self/fd").Single(file => new FileInfo(file).LinkTarget == LockPath);
        // What a child has between its fork and its program.
        using var copy = new SafeFileHandle(Duplicate(int.Parse(Path.GetFileName(descriptor), CultureInfo.InvariantCulture)), ownsHandle: true);
        Assert.False(_locks.IsHolderGone(LockPath, "parent"));
        held.Dispose();
        Assert.True(_locks.IsHolderGone(LockPath, "parent"));
        held.Dispose();
        Assert.False(copy.IsInvalid);
    }

    [Fact]
    public void Child_processes_do_not_inherit_the_lock()
    {
        if (!OperatingSystem.IsLinux()) return;
        Process child;
        using (_locks.TryAcquire(LockPath, "parent")) child = Process.Start("sleep", "60");
        try
        {
            Assert.True(_locks.IsHolderGone(LockPath, "parent"));
        }
        finally
        {
            child.Kill();
            child.Dispose();
        }
    }

    [DllImport("libc", EntryPoint = "dup")]
    private static extern int Duplicate(int descriptor);
}
