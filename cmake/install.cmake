# SPDX-License-Identifier: GPL-2.0-or-later
# What goes where on a host, and the Debian package. The places are fixed (the unit, the hook and the D-Bus files name each
# other), so the prefix is /usr.
if(CMAKE_INSTALL_PREFIX_INITIALIZED_TO_DEFAULT)
  set(CMAKE_INSTALL_PREFIX /usr CACHE PATH "Where to install" FORCE)
endif()
set(ACDR_DOC_DIR share/doc/acdr)

# gzip -9n, as Debian wants it: no name and time inside, so that a package can be reproduced.
find_program(ACDR_GZIP gzip REQUIRED)
set(acdr_compressed "")
function(acdr_install_compressed source name folder)
  set(result ${PROJECT_BINARY_DIR}/compressed/${name}.gz)
  add_custom_command(OUTPUT ${result} COMMAND sh -c "'${ACDR_GZIP}' -9nc '${source}' >'${result}'" DEPENDS ${source}
                     VERBATIM)
  install(FILES ${result} DESTINATION ${folder})
  set(acdr_compressed ${acdr_compressed} ${result} PARENT_SCOPE)
endfunction()
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/compressed ${PROJECT_BINARY_DIR}/man)

foreach(program acdrd acdrctl acdr-hook)
  if(NOT TARGET ${program})
    message(STATUS "Not installing ${program}: there is no such target")
  endif()
endforeach()
if(TARGET acdrd)
  install(TARGETS acdrd RUNTIME DESTINATION sbin)
endif()
if(TARGET acdrctl)
  install(TARGETS acdrctl RUNTIME DESTINATION bin)
endif()
if(TARGET acdr-hook)
  install(TARGETS acdr-hook RUNTIME DESTINATION lib/acdr)
endif()

file(GLOB acdr_class_files CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/classes/*.yaml)
install(FILES ${acdr_class_files} DESTINATION share/acdr/classes)
# For editors; built only where a target makes it.
install(FILES ${PROJECT_BINARY_DIR}/acdr-class.schema.json DESTINATION share/acdr OPTIONAL)

install(FILES systemd/acdrd.service systemd/acdr-load-kvm@.service systemd/acdr-rollback.service
        DESTINATION lib/systemd/system)
install(FILES systemd/org.acdr1.service DESTINATION share/dbus-1/system-services)
install(FILES systemd/org.acdr1.conf DESTINATION share/dbus-1/system.d)
install(FILES systemd/org.acdr1.policy DESTINATION share/polkit-1/actions)
if(EXISTS ${PROJECT_SOURCE_DIR}/daemon/bus/org.acdr1.xml)
  install(FILES daemon/bus/org.acdr1.xml DESTINATION share/dbus-1/interfaces)
endif()
install(FILES systemd/acdr.yaml DESTINATION /etc/acdr)
install(DIRECTORY DESTINATION /etc/acdr/classes.d)
install(PROGRAMS systemd/load-kvm DESTINATION lib/acdr)
install(PROGRAMS systemd/libvirt-hook-acdr DESTINATION /etc/libvirt/hooks/qemu.d RENAME acdr)
if(EXISTS ${PROJECT_SOURCE_DIR}/ctl/acdrctl.bash)
  install(FILES ctl/acdrctl.bash DESTINATION share/bash-completion/completions RENAME acdrctl)
endif()

file(GLOB acdr_docs CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/*.md)
install(FILES README.md ${acdr_docs} DESTINATION ${ACDR_DOC_DIR})
file(GLOB acdr_class_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/classes/*.md)
install(FILES ${acdr_class_pages} DESTINATION ${ACDR_DOC_DIR}/classes)
file(GLOB acdr_plugin_pages CONFIGURE_DEPENDS RELATIVE ${PROJECT_SOURCE_DIR}/plugins ${PROJECT_SOURCE_DIR}/plugins/*/README.md)
foreach(page ${acdr_plugin_pages})
  get_filename_component(plugin ${page} DIRECTORY)
  install(FILES plugins/${page} DESTINATION ${ACDR_DOC_DIR}/plugins RENAME ${plugin}.md)
endforeach()
install(FILES cmake/deb/copyright DESTINATION ${ACDR_DOC_DIR})
set(ACDR_MAINTAINER "acdr developers <acdr@localhost>" CACHE STRING "Maintainer of the Debian package")
configure_file(cmake/deb/changelog ${PROJECT_BINARY_DIR}/changelog @ONLY)
acdr_install_compressed(${PROJECT_BINARY_DIR}/changelog changelog ${ACDR_DOC_DIR})
acdr_install_compressed(${PROJECT_SOURCE_DIR}/CHANGELOG.md CHANGELOG.md ${ACDR_DOC_DIR})
install(FILES cmake/deb/lintian-overrides DESTINATION share/lintian/overrides RENAME acdr)

find_program(ACDR_SCDOC scdoc)
if(ACDR_SCDOC)
  file(GLOB acdr_man_pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.scd)
  foreach(source ${acdr_man_pages})
    get_filename_component(page ${source} NAME_WLE)
    string(REGEX MATCH "[0-9]$" section ${page})
    set(result ${PROJECT_BINARY_DIR}/man/${page})
    add_custom_command(OUTPUT ${result} COMMAND sh -c "'${ACDR_SCDOC}' <'${source}' >'${result}'" DEPENDS ${source}
                       VERBATIM)
    acdr_install_compressed(${result} ${page} share/man/man${section})
  endforeach()
else()
  message(STATUS "No man pages: scdoc was not found")
endif()
add_custom_target(acdr_documents ALL DEPENDS ${acdr_compressed})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME acdr)
set(CPACK_PACKAGE_VERSION ${PROJECT_VERSION})
set(CPACK_PACKAGE_CONTACT "${ACDR_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "condition KVM hosts for the workloads on them")
set(CPACK_PACKAGE_DESCRIPTION
    "A libvirt domain carries a conditioning class in its metadata, or an
admin applies one to the host. acdrd works out which cores, interrupts
and kernel threads that takes on this machine, has it done by the time
the domain runs, keeps it so while the domain lives, and puts everything
back afterwards. acdrctl plans, applies and verifies classes.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ
                                                WORLD_EXECUTE)
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "default-dbus-system-bus | dbus-system-bus, init-system-helpers (>= 1.52)")
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS "libvirt-daemon-system, polkitd, kmod, udev")
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA
    ${PROJECT_SOURCE_DIR}/cmake/deb/conffiles ${PROJECT_SOURCE_DIR}/cmake/deb/postinst
    ${PROJECT_SOURCE_DIR}/cmake/deb/prerm ${PROJECT_SOURCE_DIR}/cmake/deb/postrm)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
include(CPack)
